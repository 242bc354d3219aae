using System.Net;
using Orchestrator.Messaging.RabbitMq;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.Silo;

/// <summary>What a silo of a cluster needs to know.</summary>
public sealed record ClusterSiloOptions
{
    /// <summary>HTTP address and who may use it.</summary>
    public required HttpAccess Http { get; init; }

    /// <summary>The broker.</summary>
    public required BrokerOptions Broker { get; init; }

    /// <summary>Npgsql connection string; holds a password.</summary>
    public required string Postgres { get; init; }

    /// <summary>The artifact store that every silo and worker uses.</summary>
    public required ArtifactAddress Artifacts { get; init; }

    /// <summary>Name of the cluster: silos of one name and one database belong together.</summary>
    public string Cluster { get; init; } = "orchestrator";

    /// <summary>The address at which other silos reach this one.</summary>
    public IPAddress Advertise { get; init; } = IPAddress.Loopback;

    /// <summary>Port for other silos.</summary>
    public required int SiloPort { get; init; }

    /// <summary>Port for Orleans clients.</summary>
    public required int GatewayPort { get; init; }

    /// <summary>Whether <c>/metrics</c> answers Prometheus.</summary>
    public bool Prometheus { get; init; }

    /// <summary>How long a worker's lease holds without a renewal; workers renew nine times in it.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(90);
}
