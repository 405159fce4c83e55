/// Why a file of boxes shows no picture: a sentence for people, in ASCII.
package struct ContainerError: Error, Equatable {
    package let detail: String

    package init(_ detail: String) { self.detail = detail }
}
