// WorkerLinkTests
