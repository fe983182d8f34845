@_exported import ZooFiles
