using Orchestrator.Cli.Doctor;
using Orchestrator.Cli.Hosting;
using Orchestrator.Cli.Output;
using Orchestrator.Cli.Sweeps;

namespace Orchestrator.Cli.CommandLine;

/// <summary>Everything outside the verbs themselves: the terminal, the clock, the machine. Tests bring their own.</summary>
internal sealed record CliServices
{
    /// <summary>Where results and progress are written.</summary>
    public required Terminal Terminal { get; init; }
    /// <summary>Starts the control plane in this process.</summary>
    public required IEmbeddedHost Host { get; init; }
    /// <summary>Reads sweep files.</summary>
    public required ISweepFiles SweepFiles { get; init; }
    /// <summary>Loads the tensor library, for <c>doctor</c>.</summary>
    public required INativeRuntime Native { get; init; }
    /// <summary>The clock that waits and rates are measured by.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
    /// <summary>Time between two looks at a sweep that is followed.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(200);
    /// <summary>Reads an environment variable.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;
    /// <summary>Relative paths and the default data folder start here.</summary>
    public string WorkingFolder { get; init; } = Directory.GetCurrentDirectory();
    /// <summary>Folder with the recipes that come with the product.</summary>
    public string RecipeFolder { get; init; } = Path.Combine(AppContext.BaseDirectory, "recipes");
    /// <summary>Where a server is looked for when nobody named one.</summary>
    public Uri DefaultServer { get; init; } = new("http://127.0.0.1:5080");
}
