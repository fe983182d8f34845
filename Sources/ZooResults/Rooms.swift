// Results are read from files, and whoever reads them meets their errors.
@_exported import ZooFiles
