package import HTTPServer
package import Rendition

/// Who may do what, and how much of it: what stands between a request and what it asks for.
package struct Permissions: Sendable {
    package let access: Access
    package let quotas: Quotas
    /// What needs a signature; `nil`: nothing does, and none is looked at.
    package let gate: URLGate?
    /// Origins whose pages may do what our own may.
    package let origins: [String]

    package init(access: Access, quotas: Quotas, gate: URLGate?, origins: [String]) {
        (self.access, self.quotas, self.gate, self.origins) = (access, quotas, gate, origins)
    }

    package func decide(_ scope: Scope, for exchange: Exchange) -> Access.Decision {
        access.decide(scope, for: exchange, origins: origins)
    }
}
