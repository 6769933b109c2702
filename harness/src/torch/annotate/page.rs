//! Annotated programs as a page: lines, thoughts, and what a thought gained in colour.

use std::fmt::Write;

use harness::page::{Text, head};

use super::{Line, Row};

const STYLE: &str = include_str!("page.css");

/// A line that is likelier by so many nats a token has the full colour.
const FULL: f64 = 1.0;

/// The page.
pub(super) fn html(rows: &[Row]) -> String {
    let mut pieces = String::new();
    for row in rows {
        let mut indent = "";
        let lines = row.lines.iter().map(|it| {
            let shown = line(it, indent);
            indent = it.code.rfind('\n').map_or("", |end| &it.code[end + 1..]);
            shown
        });
        let lines: String = lines.collect();
        writeln!(pieces, "<section><h2>Piece {}</h2><pre>{lines}</pre></section>", row.piece + 1)
            .expect("a String takes whatever is written");
    }
    format!(
        "{}<main>\n<h1>Thoughts between lines</h1>\n<p>A line is <span class=\"g4\">green</span> where the \
         thoughts before it made it likelier, and <span class=\"l4\">red</span> where less likely: the mean \
         log-probability of its tokens, full colour at {FULL} nats. Thoughts are in italics, with what the \
         line behind them gained.</p>\n{pieces}</main>\n</body>\n</html>\n",
        head("ra3 annotate", STYLE)
    )
}

/// A line behind `indent`, which stands there already and once more behind a thought.
fn line(line: &Line, indent: &str) -> String {
    // Blank lines and the next line's indent belong to a line; on the page they are space.
    let code = line.code.trim_end();
    let rest = &line.code[code.len()..];
    let thought = line.thought.as_ref().map(|thought| {
        let (gain, thought, indent) = (line.gain, Text(thought), Text(indent));
        format!("<i title=\"{gain:+.3}\">{thought} <b>{gain:+.2}</b></i>\n{indent}")
    });
    format!(
        "{}<span class=\"{}\">{}</span>{}",
        thought.unwrap_or_default(),
        class(line.gain),
        Text(code),
        Text(rest)
    )
}

/// One of nine colours.
fn class(gain: f64) -> String {
    let strength = (4.0 * gain.abs() / FULL).round().min(4.0) as u8;
    match strength {
        0 => "none".to_owned(),
        _ if gain > 0.0 => format!("g{strength}"),
        _ => format!("l{strength}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_model_wrote_is_text() {
        let thought = Some("# <script>".to_owned());
        let lines = vec![Line { thought, code: "x < 1\n".to_owned(), logprob: -1.0, gain: 0.6 }];
        let page = html(&[Row { piece: 0, text: String::new(), lines }]);
        assert!(page.contains("# &lt;script&gt;") && page.contains("x &lt; 1"), "{page}");
        assert!(page.contains("class=\"g2\"") && !page.contains("<script>"), "{page}");
    }
}
