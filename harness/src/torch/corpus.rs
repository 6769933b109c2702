//! Human programs as a trainer takes them: tokens, in pieces, cut into lines.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use datasets::{Corpus, Document};
use trainer::LanguageModel;
use trainer::ra3::{Actions, Marks, Program};

/// The name of the standard library of the Python that is installed.
const STANDARD_LIBRARY: &str = "stdlib";

/// The documents at a place, or those of the standard library.
pub(crate) fn open(place: &Path) -> anyhow::Result<Corpus> {
    let found =
        if place.as_os_str() == STANDARD_LIBRARY { standard_library()? } else { place.into() };
    Ok(Corpus::open(&found)?)
}

fn standard_library() -> anyhow::Result<PathBuf> {
    let script = "import sysconfig; print(sysconfig.get_path('stdlib'))";
    let ran = Command::new("python3").args(["-I", "-c", script]).output();
    let ran = ran.context("failed to ask `python3` where its standard library is")?;
    ensure!(ran.status.success(), "`python3` does not say where its standard library is");
    let path = PathBuf::from(String::from_utf8_lossy(&ran.stdout).trim());
    ensure!(
        path.is_dir(),
        "`{}` is not there: the standard library is not installed",
        path.display()
    );
    Ok(path)
}

/// What stands between documents, and what thoughts are made of.
#[derive(Clone, Debug)]
pub(crate) struct Voice {
    pub(crate) marks: Marks,
    separator: u32,
}

impl Voice {
    /// That of a model.
    pub(crate) fn of(model: &LanguageModel) -> anyhow::Result<Self> {
        let mut endings = model.decoder.config().stop_ids.clone();
        // A model that converses ends its turns with another token than documents.
        let known = ["<|endoftext|>", "<|end_of_text|>", "</s>"];
        let of_documents = known.iter().find_map(|name| model.tokenizer.id(name));
        endings.extend(of_documents);
        let separator = of_documents.or_else(|| endings.first().copied());
        let separator = separator.context("the model has no token that ends a document")?;
        Ok(Self { marks: Marks::of(&model.tokenizer, &endings), separator })
    }
}

/// The pieces of documents, of at most so many tokens each, in order.
pub(crate) fn pieces(
    model: &LanguageModel,
    voice: &Voice,
    documents: &[Document],
    actions: Actions,
    most: usize,
) -> anyhow::Result<Vec<Program>> {
    let mut pieces = Vec::new();
    for Document { name, text } in documents {
        let text = model.tokenizer.encode(text).with_context(|| format!("in `{name}`"))?;
        let end = voice.separator;
        let program = Program::document(&model.tokenizer, &[end], &text, end, actions)?;
        pieces.extend(program.pieces(most));
    }
    if actions == Actions::Whole {
        pieces.iter_mut().for_each(|piece| piece.actions.truncate(1));
    }
    Ok(pieces)
}
