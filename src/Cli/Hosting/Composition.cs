using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Doctor;
using Orchestrator.Cli.Output;
using Orchestrator.Cli.Sweeps;

namespace Orchestrator.Cli.Hosting;

/// <summary>The parts of the process that tests replace.</summary>
internal static class Composition
{
    public static CliServices OfProcess() => new()
    {
        Terminal = Terminal.OfProcess(),
        Host = new EmbeddedHost(),
        SweepFiles = new SweepFiles(),
        Native = new TorchNativeRuntime(),
    };
}
