// What the catalog and the command line show of the rooms below is theirs to show: one import is enough.
@_exported import ZooDrawing
@_exported import ZooFiles
@_exported import ZooResults
