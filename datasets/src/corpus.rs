//! Texts to learn from that pose no problem: programs that people wrote.
//!
//! A corpus is a folder of Python files, or a file with a text in each row. Documents come in an
//! order that depends on their names or places alone, so that the same corpus is the same training.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::content::Content;
use crate::error::Location;
use crate::row::rows;

/// The columns that hold a text in published corpora, in the order in which they are looked for.
const COLUMNS: [&str; 4] = ["content", "text", "code", "solution"];

/// A file longer than this is data or generated.
const LONGEST: u64 = 1 << 20;

/// Folders of tests, which repeat themselves, and of what was installed beside a standard library.
const OTHERS: [&str; 5] = ["test", "tests", "idle_test", "site-packages", "dist-packages"];

/// A program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The file within the folder, or the place in the file.
    pub name: String,
    /// Its text, with line ends as Unix has them.
    pub text: String,
}

/// Some documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corpus {
    /// The documents, none of which is empty.
    pub documents: Vec<Document>,
    /// How many files or rows were left out: empty, longer than a megabyte, or no UTF-8.
    pub left_out: usize,
}

impl Corpus {
    /// The Python files in a folder and in those below it, sorted by name; or the texts of a file of
    /// rows: JSON, one a line or all in one array, plain or gzip or zstd; or Parquet. A row's text is in
    /// the column `content`, `text`, `code` or `solution`.
    ///
    /// Links are passed over, and so are tests, folders whose names begin with `.` or `_`, and those of
    /// installed packages.
    ///
    /// # Errors
    ///
    /// The place cannot be read, a row has no text, or there is no document.
    pub fn open(place: &Path) -> Result<Self, Error> {
        let corpus = if place.is_dir() { Self::folder(place)? } else { Self::file(place)? };
        if corpus.documents.is_empty() {
            return Err(Error::Empty { path: place.to_owned() });
        }
        Ok(corpus)
    }

    fn folder(folder: &Path) -> Result<Self, Error> {
        let mut paths = Vec::new();
        gather(folder, &mut paths)?;
        paths.sort();
        let mut corpus = Self { documents: Vec::new(), left_out: 0 };
        for path in paths {
            let read = |source| Error::Read { path: path.clone(), source };
            if fs::metadata(&path).map_err(read)?.len() > LONGEST {
                corpus.left_out += 1;
                continue;
            }
            let bytes = fs::read(&path).map_err(read)?;
            let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
            corpus.add(name, String::from_utf8(bytes).unwrap_or_default());
        }
        Ok(corpus)
    }

    fn file(path: &Path) -> Result<Self, Error> {
        let content = Content::read(path)?;
        let mut corpus = Self { documents: Vec::new(), left_out: 0 };
        for mut row in rows(path, &content)? {
            let Location { position, .. } = row.location();
            let column = COLUMNS.into_iter().find(|column| row.has(column));
            let text = row.string(column.unwrap_or(COLUMNS[0]))?;
            corpus.add(position.to_string(), text);
        }
        Ok(corpus)
    }

    fn add(&mut self, name: String, text: String) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n");
        if text.trim().is_empty() || text.len() as u64 > LONGEST {
            self.left_out += 1;
        } else {
            self.documents.push(Document { name, text });
        }
    }

    /// Take every `every`-th document away: what is measured on and not learnt from.
    pub fn split_off_every(&mut self, every: usize) -> Vec<Document> {
        let mut taken = Vec::new();
        let mut kept = Vec::new();
        for (number, document) in self.documents.drain(..).enumerate() {
            if every > 0 && number % every == every - 1 {
                taken.push(document);
            } else {
                kept.push(document);
            }
        }
        self.documents = kept;
        taken
    }
}

fn gather(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), Error> {
    let read = |source| Error::Read { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(read)? {
        let entry = entry.map_err(read)?;
        let (kind, path) = (entry.file_type().map_err(read)?, entry.path());
        let name = entry.file_name().to_string_lossy().into_owned();
        if kind.is_dir() && !name.starts_with(['.', '_']) && !OTHERS.contains(&name.as_str()) {
            gather(&path, paths)?;
        } else if kind.is_file() && name.ends_with(".py") && !name.starts_with("test_") {
            paths.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(corpus: &Corpus) -> Vec<&str> {
        corpus.documents.iter().map(|document| document.name.as_str()).collect()
    }

    #[test]
    fn a_folder_is_its_python_files_in_the_order_of_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &[u8]| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("b.py", b"\xef\xbb\xbfx = 1\r\n");
        write("a/c.py", b"y = 2\n");
        write("test/d.py", b"z = 3\n");
        write("test_e.py", b"z = 3\n");
        write("empty.py", b"\n\n");
        write("latin.py", b"# \xe9\n");
        write("notes.txt", b"no program\n");
        let mut corpus = Corpus::open(folder.path()).unwrap();
        assert_eq!(names(&corpus), ["a/c.py", "b.py"]);
        assert_eq!(corpus.documents[1].text, "x = 1\n");
        assert_eq!(corpus.left_out, 2);
        assert_eq!(corpus.split_off_every(2)[0].name, "b.py");
        assert_eq!(names(&corpus), ["a/c.py"]);
    }

    #[test]
    fn a_file_of_rows_has_a_text_in_each() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.jsonl");
        fs::write(&path, "{\"content\": \"x = 1\"}\n{\"id\": 7, \"text\": \"y = 2\"}\n").unwrap();
        let corpus = Corpus::open(&path).unwrap();
        assert_eq!(corpus.documents[1].text, "y = 2");
        fs::write(&path, "{\"id\": 7}\n").unwrap();
        let error = Corpus::open(&path).unwrap_err();
        assert!(error.to_string().contains("content"), "{error}");
    }

    #[test]
    fn a_folder_without_a_program_is_no_corpus() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Corpus::open(folder.path()), Err(Error::Empty { .. })));
    }
}
