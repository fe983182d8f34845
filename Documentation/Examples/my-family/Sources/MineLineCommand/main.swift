import MetaRLZoo
import MineLineFamily

// The standard catalog, one more family, and the whole command line.
var catalog = Catalog.standard
catalog.add(MineLine())
// What the plugin RecordCommit has found: results say which commit of this package they were made with.
catalog.builtFrom = builtFrom
catalog.main()
