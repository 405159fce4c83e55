internal import Synchronization

/// What a listener begins sessions with: asked for each, so that certificates can be renewed under
/// connections that are open.
package final class TLSProvider: Sendable {
    private let state: Mutex<TLSContext>

    package init(_ context: TLSContext) { state = Mutex(context) }

    package var current: TLSContext { state.withLock { $0 } }

    package func replace(with context: TLSContext) { state.withLock { $0 = context } }
}
