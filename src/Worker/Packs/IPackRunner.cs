namespace Orchestrator.Worker.Packs;

/// <summary>Does a pack's work, synchronously, on a slot's thread.</summary>
public interface IPackRunner
{
    /// <summary>CPU kernels that results depend on, as every attempt records them; null if it computes nothing. May load what it computes with, and throw if that fails.</summary>
    string? CpuKernels => null;

    /// <summary>
    /// Measures what is stored of the members, trains and measures the rest, tells each of them what happened, and ends every one of them. A member that is
    /// <see cref="PackMember.Stopped"/> needs no more work; when <see cref="PackSession.Draining"/> is set, the rest is given back.
    /// Whatever it throws ends the members that are left as faulted.
    /// </summary>
    void Run(PackSession pack);
}
