internal import Answers
internal import HTTP
internal import Ingest

extension ProblemAnswer {
    static let unknownPartial = ProblemAnswer(
        status: .notFound, detail: "No upload that can go on has this URL: it may have ended.")
}

extension PartialUpload.Failure {
    var answer: ProblemAnswer {
        switch self {
        case .otherOffset(let offset):
            ProblemAnswer(status: .conflict, detail: "The upload goes on at byte \(offset).")
        case .overtaken:
            ProblemAnswer(status: .locked, detail: "A later request goes on with this upload.")
        case .busy:
            ProblemAnswer(
                status: .locked, detail: "All of it has come and is being looked at.",
                fieldLines: ProblemAnswer.line("Retry-After", "1"))
        case .removed: .unknownPartial
        case .tooLong:
            ProblemAnswer(
                status: .contentTooLarge, detail: "This is more than the upload was to have.")
        case .storage(let error): error.answer
        }
    }
}

extension PartialUploads.Refusal {
    var answer: ProblemAnswer {
        switch self {
        case .clientIsFull:
            ProblemAnswer(
                status: .tooManyRequests,
                detail: "One client has begun as many uploads as it may have; end some first.",
                fieldLines: ProblemAnswer.line("Retry-After", "60"))
        case .full:
            ProblemAnswer(
                status: .serviceUnavailable,
                detail: "There is no room for further uploads in pieces just now.",
                fieldLines: ProblemAnswer.line("Retry-After", "60"))
        case .storage(let error): error.answer
        }
    }
}
