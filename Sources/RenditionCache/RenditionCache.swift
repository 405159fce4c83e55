// RenditionCache
