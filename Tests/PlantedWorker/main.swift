import CPlanted
import Glibc
import Rendition
import Sandbox
import WorkerLink

// planted-worker <attempt> walls|none: raises the walls or none, and does what it is told. Exit
// status 0: the attempt worked; 1: it was refused; 2: the walls did not go up; 3: misuse. A signal
// says the rest.

let words = CommandLine.arguments
guard words.count == 3, CPlanted_prepare() == 0 else { exit(3) }
if words[2] == "walls" {
    let walls = Sandbox.enter(Sandbox.Bounds(memoryBytes: 1 << 30, fileBytes: 1 << 20))
    guard walls == EnumSet(Wall.allCases) else { exit(2) }
    Sandbox.renewProcessorTime(seconds: 1)
}
let outcome = unsafe words[1].withCString { unsafe CPlanted_attempt($0) }
exit(outcome < 0 ? 3 : outcome)
