import Foundation
import GymnasiumBridge
import Testing

@Suite struct WorkerScriptTests {
  @Test func theProgramHoldsTheScript() throws {
    let file = fileBeside("../../Sources/GymnasiumBridge/worker.py")
    let options = try WorkerOptions(environment: [:])
    #expect(try options.script == String(contentsOf: file, encoding: .utf8))
  }

  @Test func variablesChangeOptions() throws {
    let options = try WorkerOptions(environment: [
      "METARLZOO_PYTHON": "/opt/python", "METARLZOO_PYTHON_TIMEOUT": "2.5", "METARLZOO_PYTHON_PROCESSES": "3",
      "METARLZOO_PYTHON_RESTARTS": "0",
    ])
    #expect(options.python == "/opt/python")
    #expect(options.secondsOfSilence == 2.5)
    #expect(options.mostProcesses == 3)
    #expect(options.restartsPerEpisode == 0)
    #expect(try WorkerOptions(environment: [:]).python == "python3")
  }

  @Test(arguments: ["METARLZOO_PYTHON_TIMEOUT", "METARLZOO_PYTHON_PROCESSES", "METARLZOO_PYTHON_RESTARTS"])
  func variablesThatAreNoNumbersAreRefused(name: String) {
    for text in ["soon", "-1", "1e9"] {
      #expect { _ = try WorkerOptions(environment: [name: text]) } throws: { "\($0)".hasPrefix("\(name) is a ") }
    }
  }

  @Test("A missing interpreter is named with the command that installs it") func missingInterpreter() throws {
    var options = try WorkerOptions(environment: ["PATH": "/nowhere"])
    #expect { _ = try GymnasiumFamily("gym:Pendulum-v1", options) } throws: {
      "\($0)".contains("no python3 on PATH") && "\($0)".contains("apt-get install python3")
    }
    options.python = "/nowhere/python"
    #expect { _ = try GymnasiumFamily("gym:Pendulum-v1", options) } throws: {
      "\($0)" == "METARLZOO_PYTHON: there is no program \"/nowhere/python\""
    }
  }

  @Test("Names that could not be are refused before Python is started") func impossibleNames() throws {
    let options = try WorkerOptions(environment: ["PATH": "/nowhere"])
    for name in ["gym:", "gym:a b", "gym:a@b", "gym:a,b", "gym:" + String(repeating: "a", count: 200)] {
      expectFailure("is not gym:ENVIRONMENT") { try GymnasiumFamily(name, options) }
    }
  }
}
