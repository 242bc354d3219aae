namespace Orchestrator.Contracts.Api;

/// <summary>What a build is and what it speaks (<c>version</c>, <c>GET /api/v1/version</c>).</summary>
/// <param name="Product">The release.</param>
/// <param name="Trainer"><see cref="Versions.Trainer"/>: part of every run id.</param>
/// <param name="Metrics"><see cref="Versions.Metrics"/>: stored with every metric vector.</param>
/// <param name="Protocol"><see cref="Versions.Protocol"/>: spoken between worker and control plane.</param>
public sealed record VersionInfo(string Product, int Trainer, int Metrics, int Protocol)
{
    /// <summary>The version of this build.</summary>
    public static VersionInfo Current { get; } = new(Versions.Product, Versions.Trainer, Versions.Metrics, Versions.Protocol);
}
