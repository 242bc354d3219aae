using Orchestrator.Silo.Http.Access;

namespace Orchestrator.Cli.Hosting;

/// <summary>How the worker of this process trains.</summary>
/// <param name="Slots">Packs at a time, or null for one per core or one per GPU.</param>
/// <param name="Device"><c>auto</c>, <c>cpu</c>, <c>cuda</c>, or devices by number.</param>
/// <param name="Libtorch">Folder of another libtorch, or null.</param>
internal sealed record LocalWorker(int? Slots = null, string Device = "auto", string? Libtorch = null);

/// <summary>How the control plane of this process is started, if one is.</summary>
internal sealed record LocalStart(int Port, string? Listen = null, LocalWorker? Worker = null, TokenBook? Tokens = null)
{
    public static LocalStart Default { get; } = new(5080);
}
