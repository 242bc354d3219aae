namespace Orchestrator.Kernels.Measures;

/// <summary>What every snapshot of every run of a sweep is measured on; the same for all of them.</summary>
/// <param name="HeldOut">Sequences that training never sees [sequence][position], all of one length.</param>
/// <param name="Prefix">The prefix-matching batch, or null where none fits.</param>
public sealed record EvaluationSet(long[][] HeldOut, PrefixMatchingBatch? Prefix);
