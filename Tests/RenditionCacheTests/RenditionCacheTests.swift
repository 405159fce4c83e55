// RenditionCacheTests
