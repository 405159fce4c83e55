// Originals
