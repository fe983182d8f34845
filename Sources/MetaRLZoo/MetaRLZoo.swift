// Everything that a learner or a family in another package needs, in one import.
@_exported import Environments
@_exported import Learners
@_exported import MetaRL
@_exported import Networks
@_exported import StandardZoo
@_exported import Tensors
@_exported import Zoo
@_exported import ZooChecks
