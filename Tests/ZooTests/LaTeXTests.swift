import Testing
import Zoo

@Suite struct LaTeXTests {
  @Test func specialCharactersStandForThemselves() {
    #expect(
      LaTeXText.escaped(##"a_b & 95 % #1 {x} $y$ ~^"##)
        == ##"a\_b \& 95 \% \#1 \{x\} \$y\$ \textasciitilde{}\textasciicircum{}"##)
    #expect(LaTeXText.escaped(#"\input{/etc/passwd}"#) == #"\textbackslash{}input\{/etc/passwd\}"#)
    #expect(LaTeXText.escaped("<script>|") == #"\textless{}script\textgreater{}\textbar{}"#)
    #expect(LaTeXText.escaped("–…学\u{0}\n") == #"--\ldots{}[U+5B66][U+0] "#)
    #expect(LaTeXText.escaped("[0, 1]") == "{[}0, 1{]}")
  }

  @Test("Numbers in cells have their sign and intervals are small") func cells() {
    #expect(LaTeXText.cell("-44.62 [-46.73, -42.50]") == #"$-44.62$ {\scriptsize $[-46.73, -42.50]$}"#)
    #expect(LaTeXText.cell("5") == "$5$")
    #expect(LaTeXText.cell("4 of 5") == "4 of 5")
    #expect(LaTeXText.cell("157.7 k") == "157.7 k")
    #expect(LaTeXText.cell("1 [a, b]") == "1 {[}a, b{]}")
    #expect(LaTeXText.cell("–") == "--")
  }
}
