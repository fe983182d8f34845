import StandardZoo
import Zoo

Catalog.standard.main()
