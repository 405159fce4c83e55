// Coalescing
