//! Teaches a policy from rewards.
