using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Doctor;
using Orchestrator.Cli.Output;
using Orchestrator.Cli.Sweeps;

namespace Orchestrator.Cli.Hosting;

/// <summary>The parts of the process that tests replace.</summary>
internal static class Composition
{
    public static CliServices OfProcess()
    {
        var parts = new ClientOnly();
        return new CliServices { Terminal = Terminal.OfProcess(), Host = parts, SweepFiles = parts, Native = parts };
    }

    /// <summary>A build that can only talk to servers.</summary>
    private sealed class ClientOnly : IEmbeddedHost, ISweepFiles, INativeRuntime
    {
        public Task<IEmbeddedHandle> Start(EmbeddedOptions options, CancellationToken cancellation) =>
            throw new CliException(ExitCode.Unreachable, "this build holds no control plane: name a server with --server");

        public LoadedSweep Load(string path) => throw new CliException(ExitCode.Failed, "this build reads no sweep files");

        public string Describe() => throw new InvalidOperationException("this build holds no tensor library");
    }
}
