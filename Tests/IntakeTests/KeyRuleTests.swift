import Testing
import Text

@testable import Intake

@Suite struct KeyRuleTests {
    @Test func partsOfANameAreOwnerAndTag() throws {
        let rule = try #require(KeyRule(prefix: "users/<owner>/<tag>/", tags: ["s3"]))
        #expect(
            rule.labels(for: "users/42/cats/a/b.jpg")
                == ObjectLabels(owner: "42", tags: ["s3", "cats"]))
        #expect(rule.labels(for: "users/42/a.jpg") == nil)
        #expect(rule.labels(for: "users//cats/a.jpg") == nil)
        #expect(rule.labels(for: "user/42/cats/a.jpg") == nil)
    }

    @Test(arguments: ["<owner>", "a<owner>/", "<owner>/<owner>/", "a/<owner>x/", ""])
    func whatIsNoWholePartIsRefused(prefix: String) { #expect(KeyRule(prefix: prefix) == nil) }

    @Test func anOwnerIsGivenOnce() {
        #expect(KeyRule(prefix: "a/", owner: "x")?.labels(for: "a/b") != nil)
        #expect(KeyRule(prefix: "<owner>/", owner: "x") == nil)
    }
}
