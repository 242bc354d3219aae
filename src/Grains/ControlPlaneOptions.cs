namespace Orchestrator.Grains;

/// <summary>Times and limits of the control plane.</summary>
public sealed class ControlPlaneOptions
{
    /// <summary>How long a lease holds without a renewal.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(90);

    /// <summary>How often a sweep looks for expired leases and unclaimed packs: a run waits so long at most after its lease has ended.</summary>
    public TimeSpan SupervisorPeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Set where control plane and worker are one process: ends every worker id of this process. A lease that a worker of
    /// another generation holds is void, because that process is gone. Null in a cluster.
    /// </summary>
    public string? Generation { get; set; }

    /// <summary>Packs in the queue and in slots together, per live slot.</summary>
    public double WindowPerSlot { get; set; } = 1.25;
}
