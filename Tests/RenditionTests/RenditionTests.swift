// RenditionTests
