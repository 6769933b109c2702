//! The whole model: tokens in, log-probabilities out.

use std::collections::BTreeMap;
use std::path::Path;

use tch::{Device, Kind, Tensor};

use super::attention::{Attention, Reach};
use super::block::{Block, Mlp};
use super::config::{Config, ConfigError};
use super::initial::InitialWeights;
use super::linear::{Linear, RmsNorm};
use super::lora::{Adapter, Lora};
use super::packed::Packed;
use super::rotary::Rotation;
use super::segments::Segments;
use super::weights::{Safetensors, Weights, WeightsError};

/// In which kinds of number a model is kept and computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Kept and computed in f32.
    #[default]
    Single,
    /// Kept in f32 and computed in bf16: small steps add up, and products are fast.
    Mixed,
    /// Kept and computed in bf16: for sampling, or where memory is short.
    Half,
}

impl Precision {
    fn kept(self) -> Kind {
        if self == Self::Half { Kind::BFloat16 } else { Kind::Float }
    }

    fn computed(self) -> Kind {
        if self == Self::Single { Kind::Float } else { Kind::BFloat16 }
    }
}

/// A folder that holds no model that this crate can run.
#[derive(Debug, thiserror::Error)]
pub enum LoadError<E = WeightsError> {
    /// The config asks for what is not there.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The weights cannot be read.
    #[error("failed to load a parameter")]
    Weights(#[source] E),
    /// There is a parameter that such a model does not have.
    #[error("the weights hold `{0}`, which this model has no place for")]
    Unexpected(String),
}

/// A parameter under the name that checkpoints have for it.
#[derive(Debug)]
pub struct Parameter {
    /// For instance `model.layers.0.mlp.up_proj.weight`.
    pub name: String,
    /// The leaf that gradients gather at; shares its storage with the model.
    pub tensor: Tensor,
}

/// A decoder of the Llama or Qwen families.
#[derive(Debug)]
pub struct Decoder {
    config: Config,
    precision: Precision,
    device: Device,
    /// What learns.
    parameters: Vec<Parameter>,
    /// What stays, beneath adapters.
    fixed: Vec<Parameter>,
    lora: Option<Lora>,
    embedding: Tensor,
    blocks: Vec<Block>,
    norm: RmsNorm,
    head: Linear,
}

impl Decoder {
    /// Loads the model in a folder as Hugging Face lays it out.
    ///
    /// # Errors
    ///
    /// The config or the weights cannot be used.
    pub fn load(folder: &Path, device: Device, precision: Precision) -> Result<Self, LoadError> {
        let config = Config::read(folder)?;
        let weights = Safetensors::open(folder).map_err(LoadError::Weights)?;
        Self::new(config, &weights, device, precision)
    }

    /// Makes a model of this shape and copies its parameters from `weights`.
    ///
    /// # Errors
    ///
    /// A parameter is missing, of another shape or not finite, or there is one too many.
    pub fn new<W: Weights>(
        config: Config,
        weights: &W,
        device: Device,
        precision: Precision,
    ) -> Result<Self, LoadError<W::Error>> {
        let shapes = config.parameters();
        let known = |name: &String| shapes.iter().any(|(known, _)| known == name);
        let idle = |name: &String| {
            name.ends_with("rotary_emb.inv_freq")
                || name == "lm_head.weight" && config.tied_embeddings
        };
        if let Some(name) = weights.names().into_iter().find(|name| !known(name) && !idle(name)) {
            return Err(LoadError::Unexpected(name));
        }
        let parameters = shapes.into_iter().map(|(name, shape)| {
            let mut tensor = Tensor::empty(&shape, (precision.kept(), device));
            weights.copy_to(&name, &mut tensor).map_err(LoadError::Weights)?;
            Ok(Parameter { name, tensor: tensor.set_requires_grad(true) })
        });
        let parameters = parameters.collect::<Result<Vec<_>, LoadError<W::Error>>>()?;
        Ok(Self::assemble(config, (parameters, Vec::new()), None, device, precision))
    }

    /// The same model, in which only adapters learn. What learnt before stays as it is.
    #[must_use]
    pub fn adapted(self, lora: Lora) -> Self {
        let mut fixed = self.fixed;
        fixed.extend(self.parameters.into_iter().map(|Parameter { name, tensor }| Parameter {
            name,
            tensor: tensor.detach().set_requires_grad(false),
        }));
        let mut parameters = Vec::new();
        for Parameter { name, tensor } in fixed.iter().filter(|it| lora.adapts(&it.name)) {
            let (inputs, outputs) = (tensor.size()[1], tensor.size()[0]);
            let options = (Kind::Float, self.device);
            // As the usual uniform distribution between plus and minus 1 / sqrt(inputs) spreads.
            let deviation = 1.0 / (3.0 * inputs as f64).sqrt();
            let random = InitialWeights { seed: lora.seed, deviation };
            let mut a = Tensor::zeros([lora.rank, inputs], options);
            let a_name = adapter_name(name, "A");
            let Ok(()) = random.copy_to(&a_name, &mut a);
            let b = Tensor::zeros([outputs, lora.rank], options);
            for (name, tensor) in [(a_name, a), (adapter_name(name, "B"), b)] {
                parameters.push(Parameter { name, tensor: tensor.set_requires_grad(true) });
            }
        }
        let (config, device, precision) = (self.config, self.device, self.precision);
        Self::assemble(config, (parameters, fixed), Some(lora), device, precision)
    }

    fn assemble(
        config: Config,
        (parameters, fixed): (Vec<Parameter>, Vec<Parameter>),
        lora: Option<Lora>,
        device: Device,
        precision: Precision,
    ) -> Self {
        let by_name: BTreeMap<&str, &Tensor> =
            parameters.iter().chain(&fixed).map(|it| (it.name.as_str(), &it.tensor)).collect();
        let find = |name: String| by_name.get(name.as_str()).map(|tensor| tensor.shallow_clone());
        let weight = |name: String| find(name).expect("the config listed every parameter");
        let linear = |name: String| {
            let matrix = format!("{name}.weight");
            let parts = find(adapter_name(&matrix, "A")).zip(find(adapter_name(&matrix, "B")));
            let scale = lora.as_ref().map_or(1.0, Lora::scale);
            Linear {
                weight: weight(matrix),
                bias: find(format!("{name}.bias")),
                adapter: parts.map(|(a, b)| Adapter { a, b, scale }),
                packed: None,
            }
        };
        let norm = |name: String| {
            let weight = find(format!("{name}.weight"))?;
            Some(RmsNorm { weight, epsilon: config.norm_epsilon })
        };
        let blocks = (0..config.layers).map(|layer| {
            let at = |name: &str| format!("model.layers.{layer}.{name}");
            Block {
                attention_norm: norm(at("input_layernorm")).expect("listed"),
                attention: Attention {
                    layer,
                    head_size: config.head_size,
                    query: linear(at("self_attn.q_proj")),
                    key: linear(at("self_attn.k_proj")),
                    value: linear(at("self_attn.v_proj")),
                    output: linear(at("self_attn.o_proj")),
                    norms: norm(at("self_attn.q_norm")).zip(norm(at("self_attn.k_norm"))),
                },
                mlp_norm: norm(at("post_attention_layernorm")).expect("listed"),
                mlp: Mlp {
                    gate: linear(at("mlp.gate_proj")),
                    up: linear(at("mlp.up_proj")),
                    down: linear(at("mlp.down_proj")),
                },
            }
        });
        let embedding = weight("model.embed_tokens.weight".to_owned());
        let head = find("lm_head.weight".to_owned()).unwrap_or_else(|| embedding.shallow_clone());
        Self {
            blocks: blocks.collect(),
            norm: norm("model.norm".to_owned()).expect("listed"),
            head: Linear { weight: head, bias: None, adapter: None, packed: None },
            embedding,
            device,
            precision,
            config,
            parameters,
            fixed,
            lora,
        }
    }

    /// The shape of the model.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Where it is computed.
    pub fn device(&self) -> Device {
        self.device
    }

    /// The kind of its activations.
    pub fn kind(&self) -> Kind {
        self.precision.computed()
    }

    /// Every parameter that learns, in the order of the computation.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Its adapters, if it has any.
    pub fn lora(&self) -> Option<&Lora> {
        self.lora.as_ref()
    }

    /// The parameters of a model without adapters that predicts the same, in the order of the computation.
    pub fn merged(&self) -> Vec<(String, Tensor)> {
        let Some(lora) = &self.lora else {
            return self
                .parameters
                .iter()
                .map(|it| (it.name.clone(), it.tensor.detach()))
                .collect();
        };
        let learnt = |name: String| {
            let found = self.parameters.iter().find(|it| it.name == name);
            found.expect("an adapter has both parts").tensor.detach()
        };
        let merged = self.fixed.iter().map(|Parameter { name, tensor }| {
            if !lora.adapts(name) {
                return (name.clone(), tensor.detach());
            }
            let (a, b) = (learnt(adapter_name(name, "A")), learnt(adapter_name(name, "B")));
            (name.clone(), Adapter { a, b, scale: lora.scale() }.merged(tensor))
        });
        merged.collect()
    }

    /// Another model with a copy of the parameters, of which no gradients are taken.
    pub fn frozen_copy(&self, precision: Precision) -> Self {
        let copy = |tensor: &Tensor| tensor.detach().to_kind(precision.kept()).copy();
        self.copied(precision, copy)
    }

    /// Another model that predicts the same and stays as it is while this one learns.
    pub fn still(&self) -> Self {
        self.copied(self.precision, |tensor| tensor.detach().copy())
    }

    /// The same model in the form in which it samples fastest, which is not to learn meanwhile: it shares
    /// the parameters, and on a processor holds its matrices once more, as [`Packed`].
    #[must_use]
    pub fn packed(&self) -> Self {
        let share =
            |it: &Parameter| Parameter { name: it.name.clone(), tensor: it.tensor.shallow_clone() };
        let parameters = self.parameters.iter().map(share).collect();
        let fixed = self.fixed.iter().map(share).collect();
        let (config, lora) = (self.config.clone(), self.lora.clone());
        let mut model =
            Self::assemble(config, (parameters, fixed), lora, self.device, self.precision);
        if self.precision == Precision::Single {
            let linears = model.blocks.iter_mut().flat_map(Block::linears);
            for linear in linears.chain([&mut model.head]) {
                linear.packed = Packed::new(&linear.weight);
            }
        }
        model
    }

    fn copied(&self, precision: Precision, copy: impl Fn(&Tensor) -> Tensor) -> Self {
        let named = |it: &Parameter, tensor| Parameter { name: it.name.clone(), tensor };
        let parameters = self.parameters.iter().map(|it| named(it, copy(&it.tensor))).collect();
        // What stays may be shared, unless it is kept as another kind of number.
        let kept = |it: &Parameter| it.tensor.detach().to_kind(precision.kept());
        let fixed = self.fixed.iter().map(|it| named(it, kept(it))).collect();
        let (config, lora) = (self.config.clone(), self.lora.clone());
        Self::assemble(config, (parameters, fixed), lora, self.device, precision)
    }

    /// Another model with a copy of the parameters, which learns by itself.
    pub fn copy(&self) -> Self {
        self.copied(self.precision, |tensor| tensor.detach().copy().set_requires_grad(true))
    }

    /// Floating-point operations of a token's pass forward: two for each element of a matrix that it goes
    /// through. A pass back takes twice as many. What attention computes between tokens is left out, which for
    /// texts of some hundred tokens is a few percent.
    pub fn flops_per_token(&self) -> f64 {
        const EMBEDDING: &str = "model.embed_tokens.weight";
        let is_used = |name: &str| name != EMBEDDING || self.config.tied_embeddings;
        let matrices = self.config.parameters();
        let matrices = matrices.iter().filter(|(name, shape)| shape.len() == 2 && is_used(name));
        matrices.map(|(_, shape)| 2.0 * shape.iter().product::<i64>() as f64).sum()
    }

    /// What the last block says about each token: `[tokens, hidden]`, normed, ready for
    /// [`Decoder::logits`].
    pub fn hidden(&self, ids: &Tensor, segments: &Segments) -> Tensor {
        let mut reach = segments;
        self.hidden_within(ids, &segments.positions(), &mut reach)
    }

    /// The scores of every next token, `[tokens, vocabulary]`, in f32 whatever was computed in:
    /// a log-softmax in bf16 is wrong by as much as policies differ.
    pub fn logits(&self, hidden: &Tensor) -> Tensor {
        self.head.forward(hidden).to_kind(Kind::Float)
    }

    pub(super) fn hidden_within(
        &self,
        ids: &Tensor,
        positions: &[i64],
        reach: &mut dyn Reach,
    ) -> Tensor {
        let rotation = self.rotation(positions);
        let mut x = self.embed(ids);
        for block in &self.blocks {
            x = block.forward(&x, &rotation, reach);
        }
        self.norm.forward(&x)
    }

    pub(super) fn rotation(&self, positions: &[i64]) -> Rotation {
        self.config.rotary.at(positions, self.kind(), self.device)
    }

    pub(super) fn embed(&self, ids: &Tensor) -> Tensor {
        Tensor::embedding(&self.embedding, ids, -1, false, false).to_kind(self.kind())
    }

    pub(super) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    pub(super) fn final_norm(&self, x: &Tensor) -> Tensor {
        self.norm.forward(x)
    }
}

/// The name of a part of the adapter of the matrix `name`.
fn adapter_name(name: &str, part: &str) -> String {
    let matrix = name.strip_suffix(".weight").unwrap_or(name);
    format!("{matrix}.lora_{part}.weight")
}
