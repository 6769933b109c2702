//! AdamW, with its state in the open.
//!
//! libtorch has one, but does not let its moments be saved, and without them a resumed run is
//! another run. Moments are f32 whatever the parameters are.
//!
//! Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", arXiv:1711.05101. Left
//! out: AMSGrad, and moments of fewer bits.

use tch::{Kind, Tensor};

use crate::model::Parameter;

/// Which parameters decay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decay {
    /// All.
    #[default]
    All,
    /// Matrices; biases and the weights of norms stay.
    Matrices,
}

/// The constants of the update.
#[derive(Clone, Copy, Debug)]
pub struct AdamWOptions {
    /// How slowly the mean of gradients changes.
    pub beta1: f64,
    /// How slowly the mean of squared gradients changes.
    pub beta2: f64,
    /// Keeps the quotient bounded.
    pub epsilon: f64,
    /// The part of a parameter that a step at learning rate 1 would take off.
    pub weight_decay: f64,
    /// What decays.
    pub decay: Decay,
}

impl Default for AdamWOptions {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weight_decay: 0.1, decay: Decay::All }
    }
}

/// The optimizer of some parameters.
#[derive(Debug)]
pub struct AdamW {
    options: AdamWOptions,
    steps: u64,
    moments: Vec<Moments>,
}

#[derive(Debug)]
struct Moments {
    name: String,
    mean: Tensor,
    square: Tensor,
}

impl AdamW {
    /// An optimizer that has seen no gradient.
    pub fn new(parameters: &[Parameter], options: AdamWOptions) -> Self {
        let zeros = |it: &Parameter| it.tensor.detach().to_kind(Kind::Float).zeros_like();
        let moments = parameters.iter().map(|it| Moments {
            name: it.name.clone(),
            mean: zeros(it),
            square: zeros(it),
        });
        Self { options, steps: 0, moments: moments.collect() }
    }

    /// How many updates were made.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Moves `parameters` against their gradients, and drops those:
    ///
    /// `m = b1 m + (1 - b1) g`, `v = b2 v + (1 - b2) g^2`,
    /// `p = p (1 - r w) - r / (1 - b1^t) * m / (sqrt(v / (1 - b2^t)) + e)`.
    ///
    /// A parameter without a gradient stays as it is.
    pub fn step(&mut self, parameters: &[Parameter], rate: f64) {
        self.steps += 1;
        let AdamWOptions { beta1, beta2, epsilon, weight_decay, decay } = self.options;
        let exponent = self.steps as f64;
        let (correction1, correction2) = (1.0 - beta1.powf(exponent), 1.0 - beta2.powf(exponent));
        tch::no_grad(|| {
            for (moments, parameter) in self.moments.iter_mut().zip(parameters) {
                let gradient = parameter.tensor.grad();
                if !gradient.defined() {
                    continue;
                }
                let gradient = gradient.to_kind(Kind::Float);
                let _ = moments.mean.lerp_(&gradient, 1.0 - beta1);
                moments.square *= beta2;
                moments.square += gradient.square() * (1.0 - beta2);
                let scale = moments.square.sqrt() / correction2.sqrt() + epsilon;
                let update = &moments.mean / scale * (rate / correction1);
                let mut tensor = parameter.tensor.detach();
                let decays = decay == Decay::All || tensor.dim() > 1;
                let kept = if decays { 1.0 - rate * weight_decay } else { 1.0 };
                tensor.copy_(&(tensor.to_kind(Kind::Float) * kept - update));
            }
        });
        drop_gradients(parameters);
    }

    /// The moments under the names of checkpoints: `NAME.mean` and `NAME.square`.
    pub fn state(&self) -> Vec<(String, Tensor)> {
        let both = |it: &Moments| {
            let named =
                |part: &str, tensor: &Tensor| (format!("{}.{part}", it.name), tensor.copy());
            [named("mean", &it.mean), named("square", &it.square)]
        };
        self.moments.iter().flat_map(both).collect()
    }

    /// Takes over the state of another optimizer of the same parameters, which made `steps` updates.
    ///
    /// # Errors
    ///
    /// `read` failed; the state is then partly the old and partly the new.
    pub fn restore<E>(
        &mut self,
        steps: u64,
        mut read: impl FnMut(&str, &mut Tensor) -> Result<(), E>,
    ) -> Result<(), E> {
        for moments in &mut self.moments {
            read(&format!("{}.mean", moments.name), &mut moments.mean)?;
            read(&format!("{}.square", moments.name), &mut moments.square)?;
        }
        self.steps = steps;
        Ok(())
    }
}

/// Forgets the gradients of `parameters`.
pub(super) fn drop_gradients(parameters: &[Parameter]) {
    for parameter in parameters {
        // Zeroing a share of the parameter zeroes the one gradient of both.
        parameter.tensor.shallow_clone().zero_grad();
    }
}

/// Scales all gradients so that their norm is at most `limit`; returns what it was.
///
/// A norm that is not finite leaves the gradients as they are: such a step should not be made.
pub fn clip_gradients(parameters: &[Parameter], limit: f64) -> f64 {
    tch::no_grad(|| {
        let gradients: Vec<Tensor> =
            parameters.iter().map(|it| it.tensor.grad()).filter(Tensor::defined).collect();
        let norms = gradients.iter().map(|it| it.norm().to_kind(Kind::Float));
        let norms: Vec<Tensor> = norms.collect();
        if norms.is_empty() {
            return 0.0;
        }
        let norm = Tensor::stack(&norms, 0).norm().double_value(&[]);
        let factor = limit / (norm + 1e-6);
        if factor < 1.0 && norm.is_finite() {
            for mut gradient in gradients {
                gradient *= factor;
            }
        }
        norm
    })
}
