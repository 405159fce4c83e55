internal import ImageIndex

extension StoredIndex {
    /// Of a data directory: the index of the edge, or its replica of the one that several share.
    init(of data: String) throws(Failure) {
        let replica = "\(data)/replica"
        let isShared = Self.byteCount(in: replica) != nil
        try self.init(directory: isShared ? replica : "\(data)/index")
    }
}
