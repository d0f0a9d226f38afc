//! matrix.svg: all matrices as one picture, for a README or a page.

use askama::Template;

use super::matrix::{Mark, Matrix};
use super::record::Record;

/// Width, at least, and height of an entry, in px, and what a character of it needs.
const CELL: usize = 64;
const LINE: usize = 28;
const CHARACTER: usize = 9;

/// Room for the names of rows, and above a matrix for its name and the names of columns.
const NAMES: usize = 78;
const HEAD: usize = 58;

/// Between matrices.
const GAP: usize = 36;

/// How wide the picture may get before matrices go to the next line.
const WIDTH: usize = 1400;

#[derive(Template)]
#[template(path = "matrix.svg")]
struct Picture {
    width: usize,
    height: usize,
    title: String,
    matrices: Vec<Panel>,
}

struct Panel {
    name: String,
    x: usize,
    y: usize,
    cell: usize,
    columns: Vec<Label>,
    rows: Vec<Label>,
    entries: Vec<Square>,
}

struct Label {
    text: String,
    x: usize,
    y: usize,
}

struct Square {
    x: usize,
    y: usize,
    class: &'static str,
    text: String,
    hint: String,
}

/// The picture.
pub fn render(record: &Record) -> std::io::Result<String> {
    let (mut x, mut y, mut line_height, mut width) = (GAP / 2, 44, 0, 0);
    let mut matrices = vec![];
    for matrix in Matrix::all(record) {
        let cell = cell_width(&matrix);
        let (w, h) = (NAMES + cell * matrix.columns.len(), HEAD + LINE * matrix.rows.len());
        if x + w > WIDTH && x > GAP {
            (x, y, line_height) = (GAP / 2, y + line_height + GAP, 0);
        }
        matrices.push(panel(&matrix, cell, x, y));
        x += w + GAP;
        width = width.max(x);
        line_height = line_height.max(h);
    }
    let title = format!("zmq-interop {}, {}", record.version, &record.started_at[..10]);
    let picture = Picture { width, height: y + line_height + GAP, title, matrices };
    picture.render().map_err(std::io::Error::other)
}

/// Wide enough for all that stands in it.
fn cell_width(matrix: &Matrix) -> usize {
    let pairs = matrix.rows.iter().flat_map(|row| matrix.columns.iter().map(move |c| (row, c)));
    let texts = pairs.map(|(row, column)| matrix.entry(row, column).text(matrix.is_counted));
    texts.map(|text| text.chars().count() * CHARACTER).max().unwrap_or(0).max(CELL)
}

fn panel(matrix: &Matrix, cell: usize, x: usize, y: usize) -> Panel {
    let label = |(n, text): (usize, &String), across: bool| Label {
        text: text.clone(),
        x: if across { NAMES + n * cell + cell / 2 } else { NAMES - 8 },
        y: if across { HEAD - 10 } else { HEAD + n * LINE + 19 },
    };
    let mut entries = vec![];
    for (i, row) in matrix.rows.iter().enumerate() {
        for (j, column) in matrix.columns.iter().enumerate() {
            let entry = matrix.entry(row, column);
            let hint = match entry.mark() {
                Mark::None => continue,
                Mark::LeftOut => matrix.same_engine(row, column),
                Mark::Skip if entry.ended_early > 0 => {
                    format!("{row} asks {column}: ended early, by the fault of others")
                }
                Mark::Skip => format!("{row} asks {column}: skipped"),
                _ => {
                    format!("{row} asks {column}: {} passed, {} failed", entry.passed, entry.failed)
                }
            };
            entries.push(Square {
                x: NAMES + j * cell,
                y: HEAD + i * LINE,
                class: match entry.mark() {
                    Mark::Pass => "pass",
                    Mark::Fail => "fail",
                    Mark::Unclear | Mark::Known => "unclear",
                    Mark::Unsupported | Mark::Skip | Mark::LeftOut | Mark::None => "skip",
                },
                text: entry.text(matrix.is_counted),
                hint,
            });
        }
    }
    Panel {
        name: matrix.group.clone(),
        x,
        y,
        cell,
        columns: matrix.columns.iter().enumerate().map(|c| label(c, true)).collect(),
        rows: matrix.rows.iter().enumerate().map(|r| label(r, false)).collect(),
        entries,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{HOSTILE, full};

    #[test]
    fn the_picture_shows_every_matrix() {
        insta::assert_snapshot!(render(&full()).unwrap());
    }

    #[test]
    fn hostile_names_stay_text() {
        let mut record = full();
        record.cells[0].group = HOSTILE.into();
        assert!(!render(&record).unwrap().contains("<script"));
    }
}
