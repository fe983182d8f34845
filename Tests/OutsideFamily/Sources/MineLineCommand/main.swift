import MineLineFamily
import StandardZoo
import Zoo

// The standard catalogue, one more family, and the whole command line.
var catalog = Catalog.standard
catalog.add(MineLine())
catalog.main()
