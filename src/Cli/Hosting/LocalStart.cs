namespace Orchestrator.Cli.Hosting;

/// <summary>How the control plane of this process is started, if one is.</summary>
internal sealed record LocalStart(int Port, string? Listen = null, int? Slots = null)
{
    public static LocalStart Default { get; } = new(5080);
}
