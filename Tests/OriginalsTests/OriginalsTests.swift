// OriginalsTests
