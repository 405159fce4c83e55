// ImageIndex
