// ImageIndexTests
