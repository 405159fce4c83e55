internal import Configuration
internal import HTTPServer
internal import JSON
internal import LinuxIO
internal import Synchronization
internal import TLS
internal import Telemetry

/// What the listeners speak TLS with, from files that are read again every other second, and when
/// the configuration is: what has changed counts for the next connections, all of it or nothing.
final class Certificates: Sendable {
    private struct State {
        var configuration: Configuration
        /// Of each public listener; `nil`: it speaks no TLS.
        var materials: [TLSMaterial?]
        /// What was wrong with the files when they were last read.
        var complaint: String?
        var ownKeys: TicketKeys
        var keysMadeAt: UInt64
        var readAt: UInt64
    }

    private let providers: [TLSProvider?]
    private let events: EventLog
    private let state: Mutex<State>

    private static let byteLimit = 1 << 20
    private static let readNanoseconds: UInt64 = 2_000_000_000
    /// Half of what a ticket is good for: the keys of a day are kept.
    private static let keyNanoseconds: UInt64 = 43_200_000_000_000

    init(_ configuration: Configuration, events: EventLog) throws(StartError) {
        self.events = events
        do throws(Unreadable) {
            let ownKeys = try Self.makeKeys()
            let materials = try Self.materials(configuration, ownKeys)
            var providers: [TLSProvider?] = []
            for context in try Self.contexts(materials, of: configuration) {
                providers.append(context.map(TLSProvider.init))
            }
            self.providers = providers
            let now = Clock.monotonicNanoseconds()
            state = Mutex(
                State(
                    configuration: configuration, materials: materials, complaint: nil,
                    ownKeys: ownKeys, keysMadeAt: now, readAt: now))
        } catch { throw .certificates(error.description) }
        guard providers.contains(where: { $0 != nil }) else { return }
        do throws(SystemError) {
            _ = try LoopThread.start(name: "certificates") { [self] loop in
                loop.onTick = { self.look(at: $0) }
            }
        } catch { throw .certificates("\(error)") }
    }

    /// Each of the public listeners with what it speaks TLS with.
    var equipped: [ListenerSettings] {
        let listeners = state.withLock { $0.configuration.publicListeners }
        return zip(listeners, providers).map { listener, provider in
            var listener = listener
            listener.tls = provider
            return listener
        }
    }

    /// Takes paths and rules of a configuration that was read again, as far as the same listeners
    /// speak TLS.
    func configure(_ configuration: Configuration) {
        state.withLock { state in
            guard configuration.tlsFiles.map({ $0 == nil }) == providers.map({ $0 == nil })
            else { return }
            state.configuration = configuration
            state.complaint = nil
            readAgain(&state)
        }
    }

    private func look(at now: UInt64) {
        state.withLock { state in
            guard now > state.readAt, now - state.readAt >= Self.readNanoseconds else { return }
            state.readAt = now
            if now - min(now, state.keysMadeAt) >= Self.keyNanoseconds,
                let newest = try? Self.makeKeys()
            {
                (state.ownKeys, state.keysMadeAt) = (newest.before(state.ownKeys), now)
            }
            readAgain(&state)
        }
    }

    /// What is wrong is told once, and changes nothing.
    private func readAgain(_ state: inout State) {
        do throws(Unreadable) {
            let materials = try Self.materials(state.configuration, state.ownKeys)
            state.complaint = nil
            guard materials != state.materials else { return }
            let contexts = try Self.contexts(materials, of: state.configuration)
            state.materials = materials
            for (provider, context) in zip(providers, contexts) {
                if let context { provider?.replace(with: context) }
            }
            tell(of: contexts)
        } catch {
            guard state.complaint != error.description else { return }
            state.complaint = error.description
            events.log(.error, "certificates-refused") { $0.field("reason", error.description) }
        }
    }

    private func tell(of contexts: [TLSContext?]) {
        let first = contexts.compactMap { $0?.endsAt }.min() ?? 0
        events.log(.info, "certificates") { $0.field("endAt", Int(first)) }
    }

    // MARK: Reading

    /// In words, with the path.
    private struct Unreadable: Error {
        let description: String
    }

    private static func makeKeys() throws(Unreadable) -> TicketKeys {
        do throws(TLSFault) { return try .random() } catch {
            throw Unreadable(description: "\(error)")
        }
    }

    private static func materials(
        _ configuration: Configuration, _ ownKeys: TicketKeys
    ) throws(Unreadable) -> [TLSMaterial?] {
        let files = configuration.tlsFiles
        guard files.contains(where: { $0 != nil }) else { return files.map { _ in nil } }
        var keys = ownKeys
        if let path = configuration.tls.ticketKeys {
            let bytes = try read(path)
            do throws(TLSFault) { keys = try TicketKeys(bytes) } catch {
                throw Unreadable(description: "\(path): \(error)")
            }
        }
        var materials: [TLSMaterial?] = []
        for files in files {
            materials.append(
                try files.map { files throws(Unreadable) in
                    try material(files, keys, onlyNewest: configuration.tls.onlyNewest)
                })
        }
        return materials
    }

    private static func material(
        _ files: TLSFiles, _ keys: TicketKeys, onlyNewest: Bool
    ) throws(Unreadable) -> TLSMaterial {
        var identities: [TLSMaterial.Identity] = []
        for identity in files.identities {
            identities.append(
                TLSMaterial.Identity(
                    chain: try read(identity.certificate), key: try read(identity.key)))
        }
        var material = TLSMaterial(identities: identities, ticketKeys: keys)
        material.onlyNewest = onlyNewest
        material.offersHTTP2 = files.offersHTTP2
        material.authorities = try files.authorities.map { path throws(Unreadable) in
            try read(path)
        }
        return material
    }

    private static func read(_ path: String) throws(Unreadable) -> [UInt8] {
        do throws(SystemError) { return try Files.contents(of: path, limit: byteLimit) } catch {
            throw Unreadable(description: "\(path): \(error)")
        }
    }

    private static func contexts(
        _ materials: [TLSMaterial?], of configuration: Configuration
    ) throws(Unreadable) -> [TLSContext?] {
        var contexts: [TLSContext?] = []
        for (material, files) in zip(materials, configuration.tlsFiles) {
            guard let material, let files else {
                contexts.append(nil)
                continue
            }
            do throws(TLSFault) { contexts.append(try TLSContext(material)) } catch {
                throw Unreadable(description: "\(path(of: error, in: files)): \(error)")
            }
        }
        return contexts
    }

    /// Which of the files a fault is of.
    private static func path(of fault: TLSFault, in files: TLSFiles) -> String {
        switch fault {
        case .certificate(let number): files.identities[number].certificate
        case .key(let number), .pair(let number): files.identities[number].key
        case .authorities: files.authorities ?? "clients"
        case .ticketKeys, .noMemory: "TLS"
        }
    }
}
