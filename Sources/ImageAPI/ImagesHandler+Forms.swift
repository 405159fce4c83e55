internal import Answers
internal import HTTP
internal import HTTPServer
internal import Ingest
internal import JSON
internal import Permission
internal import Rendering
internal import Telemetry
internal import Text

extension ImagesHandler {
    /// One file of a form, and what became of it.
    fileprivate struct FormFile {
        let name: String
        var state: State

        enum State {
            case prepared(PreparedUpload)
            case kept(Ingest.Outcome)
            case refused(UploadError)
        }
    }

    /// `multipart/form-data` with any number of files and fields.
    ///
    /// Each file is spooled and looked at as it comes. When the form has come whole, the good ones
    /// are kept: so a field holds for every file wherever it stands, a form that breaks off leaves
    /// nothing, and a bad file costs itself only.
    func uploadForm(
        _ boundary: MultipartBoundary, _ grant: Grant
    ) async throws(ProblemAnswer) -> Response {
        var fields = try openUpload()
        let limits = services.settings.form
        let meter = try openMeter(
            limit: limits.byteCount, grant, upload(fields, grant, name: fields.name))
        let digests = try expectedDigests()
        let reader = FormReader(
            meter, boundary: boundary,
            limits: .init(parts: limits.partCount, headBytes: limits.headByteCount),
            byteLimit: limits.byteCount, isHashed: !digests.isEmpty)
        var files: [FormFile] = []
        do throws(FormReader.Failure) {
            while let part = try await reader.nextPart() {
                if let filename = part.filename {
                    if let file = await prepare(filename, from: reader, grant) {
                        files.append(file)
                    }
                    if let failure = reader.failure { throw failure }
                } else {
                    try await read(part.name, from: reader, into: &fields)
                }
            }
        } catch {
            if let refusal = meter.refusal { throw overQuota(refusal) }
            services.desk.metrics.count(error.counter)
            throw error.answer
        }
        if let actual = reader.digest(), digests.contains(where: { $0 != actual }) {
            services.desk.metrics.count(.uploadsRejected)
            throw UploadError.digestDiffers.answer
        }
        guard !files.isEmpty else {
            throw .invalid(
                "The form has no file, which is a part with a file name. curl sends one by -F "
                    + "file=@photo.jpg; without the @ it sends the name alone.")
        }
        guard files.count == 1 || fields.name == nil else {
            throw .invalid("A name is for one file; the form has \(files.count).")
        }
        for index in files.indices { await keep(&files[index], fields, grant) }
        return try answer(files, grant)
    }

    // MARK: Steps

    /// `nil` where a browser says that no file was chosen: no name and no content.
    private func prepare(
        _ filename: String, from reader: FormReader, _ grant: Grant
    ) async -> FormFile? {
        // Its other fields may come later; a refusal is told with what is known.
        let upload = upload(
            UploadFields(), grant, name: UploadFields.documentName(ofFile: filename))
        do throws(UploadError) {
            let prepared = try await services.ingest.prepare(upload) {
                try await reader.nextContent()
            }
            return FormFile(name: filename, state: .prepared(prepared))
        } catch {
            if error == .empty && filename.isEmpty { return nil }
            return FormFile(name: filename, state: .refused(error))
        }
    }

    /// Fields that are not ours are passed over: upload widgets send some of their own, browsers
    /// `_charset_`, and a form has buttons.
    private func read(
        _ name: String, from reader: FormReader, into fields: inout UploadFields
    ) async throws(FormReader.Failure) {
        let field = UTF8String(name)
        guard UploadFields.names.contains(field) else { return }
        var value: [UInt8] = []
        while let piece = try await reader.nextContent() {
            guard value.count + piece.count <= UploadFields.valueByteLimit else {
                throw .field("The field \(name) is too long.")
            }
            value += piece
        }
        guard let text = UTF8String(validating: value) else {
            throw .field("The field \(name) is no UTF-8.")
        }
        do throws(UploadFields.Invalid) { try fields.set(field, text) } catch {
            throw .field(error.detail)
        }
    }

    private func keep(_ file: inout FormFile, _ fields: UploadFields, _ grant: Grant) async {
        let upload = upload(
            fields, grant, name: fields.name ?? UploadFields.documentName(ofFile: file.name))
        if case .prepared(let prepared) = file.state {
            do throws(UploadError) {
                file.state = .kept(try await keep(prepared, of: upload))
            } catch {
                file.state = .refused(error)
            }
        }
        switch file.state {
        case .kept(let outcome): count(outcome)
        case .refused(let error): report(error, of: upload)
        case .prepared: preconditionFailure("neither kept nor refused")
        }
    }

    // MARK: The answer

    /// One file is answered as a raw upload is. Of several, one that is kept makes the answer a
    /// success; it says of each what became of it.
    private func answer(_ files: [FormFile], _ grant: Grant) throws(ProblemAnswer) -> Response {
        let outcomes = files.compactMap(\.outcome)
        if files.count == 1, let outcome = outcomes.first { return answer(outcome, grant) }
        guard let first = outcomes.first else {
            guard var problem = files.compactMap(\.problem).first
            else { preconditionFailure("neither kept nor refused") }
            if files.count > 1 {
                var list = JSONWriter()
                append(files, grant, to: &list)
                problem.extra = ("images", list.finish())
            }
            throw problem
        }
        let isAnyNew = outcomes.contains { $0.status == .created }
        return json(isAnyNew ? .created : first.status) { json in
            json.beginObject()
            json.key("images")
            append(files, grant, to: &json)
            json.endObject()
        }
    }

    private func append(_ files: [FormFile], _ grant: Grant, to json: inout JSONWriter) {
        json.beginArray()
        for file in files {
            json.beginObject()
            json.field("file", file.name)
            if let outcome = file.outcome {
                json.field("status", Int(outcome.status.rawValue))
                json.key("image")
                ImageJSON.append(
                    shown(outcome), renditions: nil, links: links(for: grant), to: &json)
            } else if let problem = file.problem {
                json.field("status", Int(problem.status.rawValue))
                json.key("problem")
                json.beginObject()
                json.field("title", problem.status.reason.description)
                json.field("detail", problem.detail)
                json.endObject()
            }
            json.endObject()
        }
        json.endArray()
    }
}

extension ImagesHandler.FormFile {
    fileprivate var outcome: Ingest.Outcome? {
        if case .kept(let outcome) = state { outcome } else { nil }
    }

    fileprivate var problem: ProblemAnswer? {
        if case .refused(let error) = state { error.answer } else { nil }
    }
}

extension ProblemAnswer {
    fileprivate static func invalid(_ detail: String) -> Self {
        Self(status: .badRequest, detail: detail)
    }
}

extension FormReader.Failure {
    fileprivate var answer: ProblemAnswer {
        switch self {
        case .body: UploadError.interrupted.answer
        case .form(let failure):
            ProblemAnswer(status: failure.status, detail: failure.reason.description)
        case .field(let detail): ProblemAnswer(status: .badRequest, detail: detail)
        case .tooLarge(let limit):
            ProblemAnswer(
                status: .contentTooLarge, detail: "A form may have \(limit) bytes at most.")
        }
    }

    fileprivate var counter: Counter {
        if case .body = self { .uploadsAborted } else { .uploadsRejected }
    }
}
