package io.fovea.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void columnsAreAsWideAsTheirWidestCell() {
    Table table = new Table("a", "long heading", "c").row("row one", "1", "").row("r", "22", "z");
    assertThat(table.toString())
        .isEqualTo(
            """
            a        long heading  c
            row one  1
            r        22            z
            """);
  }

  @Test
  void rowsHaveAsManyCellsAsTheHeading() {
    assertThatThrownBy(() -> new Table("a", "b").row("1"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aReportSaysWhatIsMet() {
    Report report = new Report();
    report.atMost("gap", 37.84, 5, " ms");
    report.atLeast("rows", 4.5, 4, "");
    report.atLeast("unknown", Double.NaN, 4, "");
    report.tell("told", "x", "");
    assertThat(Table.of(report).toString())
        .isEqualTo(
            """
                     measured  wanted      met
            gap      37.8 ms   <= 5.00 ms  no
            rows     4.50      >= 4.00     yes
            unknown  -         >= 4.00     no
            told     x
            """);
  }

  @Test
  void numbersHaveThreeDigits() {
    assertThat(Text.number(1234.4)).isEqualTo("1,234");
    assertThat(Text.number(12.345)).isEqualTo("12.3");
    assertThat(Text.number(1.2345)).isEqualTo("1.23");
    assertThat(Text.number(0.12345)).isEqualTo("0.123");
    assertThat(Text.number(-0.0123)).isEqualTo("-0.0123");
    assertThat(Text.number(0)).isEqualTo("0");
    assertThat(Text.bytes(562_400_000)).isEqualTo("562 MB");
    assertThat(Text.bytes(1060)).isEqualTo("1.06 KB");
    assertThat(Text.counts(Map.of())).isEqualTo("none");
  }
}
