//! A GGUF file seen as a Hugging Face folder.

use std::path::Path;

use serde_json::Value as Json;

use super::config::{Architecture, Config};
use super::error::{GgufError, Problem};
use super::file::{GgufFile, TensorInfo};
use super::names::{hugging_face_name, pairs_to_halves};
use super::vocabulary::tokenizer_json;

/// A network in a GGUF file: its weights one by one, its config, its tokenizer, its template.
///
/// Embedding and output of small networks are often one matrix. Some files nevertheless hold it
/// twice, the second time as `output` and better quantised; then that one is handed out as the
/// embedding, and the config says that the two are tied.
///
/// ```no_run
/// # fn main() -> Result<(), trainer::gguf::GgufError> {
/// use trainer::gguf::GgufModel;
///
/// let model = GgufModel::open("SmolLM2-135M-Instruct.gguf".as_ref())?;
/// println!("{}", model.config());
/// for name in model.names() {
///     let tensor = model.tensor(name)?;
///     println!("{name} {:?}", tensor.shape);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct GgufModel {
    file: GgufFile,
    config: Config,
    parameters: Vec<Parameter>,
}

/// Numbers with the name and shape that Hugging Face gives them.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// The name.
    pub name: String,
    /// The sizes, outermost first.
    pub shape: Vec<usize>,
    /// As many numbers as the shape says, row after row.
    pub numbers: Vec<f32>,
}

/// Which tensor of the file a parameter is.
#[derive(Debug)]
struct Parameter {
    name: String,
    tensor: TensorInfo,
}

impl GgufModel {
    /// Opens a file and understands all of it but the numbers.
    ///
    /// # Errors
    ///
    /// The file is broken, or has something that is not supported; the error names it.
    pub fn open(path: &Path) -> Result<Self, GgufError> {
        let file = GgufFile::open(path)?;
        match understand(&file) {
            Ok((config, parameters)) => Ok(Self { file, config, parameters }),
            Err(problem) => Err(file.error(problem)),
        }
    }

    /// The container.
    pub fn file(&self) -> &GgufFile {
        &self.file
    }

    /// What would stand in `config.json`.
    pub fn config(&self) -> &Json {
        &self.config.json
    }

    /// What would stand in `tokenizer.json`.
    ///
    /// # Errors
    ///
    /// The file has no tokenizer, or one of a kind that is not supported.
    pub fn tokenizer_json(&self) -> Result<Json, GgufError> {
        tokenizer_json(self.file.metadata()).map_err(|problem| self.file.error(problem))
    }

    /// The template that turns messages into a prompt, if the file has one.
    pub fn chat_template(&self) -> Option<&str> {
        self.file.metadata().text("tokenizer.chat_template").ok()
    }

    /// The text of a token whose id is a value of the config; empty where that is no id.
    pub(crate) fn token(&self, id: &Json) -> &str {
        let tokens = self.file.metadata().texts("tokenizer.ggml.tokens").unwrap_or_default();
        let index = id.as_u64().and_then(|id| usize::try_from(id).ok());
        index.and_then(|index| tokens.get(index)).map_or("", String::as_str)
    }

    /// The names of all parameters.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parameters.iter().map(|parameter| parameter.name.as_str())
    }

    /// The sizes of a parameter, without reading its numbers.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.find(name).map(|parameter| parameter.tensor.shape.as_slice())
    }

    /// The numbers of one parameter, read and dequantised now.
    ///
    /// # Errors
    ///
    /// The network has no parameter of this name.
    pub fn tensor(&self, name: &str) -> Result<NamedTensor, GgufError> {
        let parameter =
            self.find(name).ok_or_else(|| self.file.error(Problem::NoTensor(name.to_owned())))?;
        let shape = parameter.tensor.shape.clone();
        let mut numbers = self.file.numbers(&parameter.tensor);
        if let Some(heads) = self.paired_heads(&parameter.tensor.name) {
            let width = shape[1..].iter().product();
            numbers = pairs_to_halves(&numbers, heads, width);
        }
        Ok(NamedTensor { name: name.to_owned(), shape, numbers })
    }

    fn find(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// How many heads a tensor has whose rows stand in pairs.
    fn paired_heads(&self, tensor: &str) -> Option<usize> {
        match self.config.architecture {
            Architecture::Llama => heads_of(tensor, &self.config),
            Architecture::Qwen2 | Architecture::Qwen3 => None,
        }
    }
}

fn understand(file: &GgufFile) -> Result<(Config, Vec<Parameter>), Problem> {
    let head = head(file)?;
    let config = Config::read(file, head != Head::Own)?;
    let mut parameters = Vec::new();
    for tensor in file.tensors() {
        let name = match tensor.name.as_str() {
            // Understood as part of the config.
            "rope_freqs.weight" => continue,
            EMBEDDING if head == Head::BetterEmbedding => continue,
            OUTPUT if head == Head::BetterEmbedding => hugging_face_name(EMBEDDING),
            name => hugging_face_name(name),
        };
        let name = name.ok_or_else(|| Problem::tensor(&tensor.name, "is not known"))?;
        check_heads(tensor, &config)?;
        parameters.push(Parameter { name, tensor: tensor.clone() });
    }
    let vocabulary = config.json["vocab_size"].as_u64().map(|size| size as usize);
    let embedding = file.tensor(EMBEDDING).expect("its head was compared with it");
    if embedding.shape.first().copied() != vocabulary {
        return Err(Problem::tensor(EMBEDDING, "does not have one row for each token"));
    }
    Ok((config, parameters))
}

/// How many heads the rows of a tensor belong to, if they are queries or keys.
fn heads_of(tensor: &str, config: &Config) -> Option<usize> {
    match tensor.rsplit('.').nth(1)? {
        "attn_q" => Some(config.heads),
        "attn_k" => Some(config.key_value_heads),
        _ => None,
    }
}

/// Rows that stand in pairs have to be whole heads of whole pairs.
fn check_heads(tensor: &TensorInfo, config: &Config) -> Result<(), Problem> {
    let Some(heads) = heads_of(&tensor.name, config) else { return Ok(()) };
    match tensor.shape.first() {
        Some(rows) if *rows > 0 && rows % (2 * heads) == 0 && !tensor.shape.contains(&0) => Ok(()),
        _ => Err(Problem::tensor(&tensor.name, format!("does not have rows for {heads} heads"))),
    }
}

const EMBEDDING: &str = "token_embd.weight";
const OUTPUT: &str = "output.weight";

/// Which matrix turns the last hidden state into logits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    /// The embedding.
    Embedding,
    /// The embedding, of which the file holds a better copy as the output.
    BetterEmbedding,
    /// One of its own.
    Own,
}

fn head(file: &GgufFile) -> Result<Head, Problem> {
    let need = |name: &str| file.tensor(name).ok_or_else(|| Problem::NoTensor(name.to_owned()));
    let embedding = need(EMBEDDING)?;
    let Some(output) = file.tensor(OUTPUT) else {
        return Ok(Head::Embedding);
    };
    let same = embedding.shape == output.shape && alike(file, embedding, output);
    Ok(if same { Head::BetterEmbedding } else { Head::Own })
}

/// Whether two matrices of one shape are quantised copies of one: the cosine of the angle between
/// them is above 0.9. Copies come out above 0.99 even at 4 bits, separate matrices near 0. Some
/// rows tell as much as all.
fn alike(file: &GgufFile, left: &TensorInfo, right: &TensorInfo) -> bool {
    const ROWS: usize = 64;
    let [rows, _] = left.shape[..] else { return false };
    let (mut product, mut left_square, mut right_square) = (0.0, 0.0, 0.0);
    for row in (0..rows).step_by(rows.div_ceil(ROWS).max(1)) {
        for (x, y) in file.row(left, row).into_iter().zip(file.row(right, row)) {
            let (x, y) = (f64::from(x), f64::from(y));
            product += x * y;
            left_square += x * x;
            right_square += y * y;
        }
    }
    product > 0.9 * (left_square * right_square).sqrt()
}
