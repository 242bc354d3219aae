namespace Orchestrator.Silo;

/// <summary>Where a control plane keeps what it knows, as messages name it.</summary>
/// <param name="Name">A data folder or a cluster, with the address that it listens on.</param>
/// <param name="Shared">Whether other processes write there too.</param>
internal sealed record ControlPlanePlace(string Name, bool Shared);
