using System.Text.Json.Nodes;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Doctor;
using Orchestrator.Cli.Hosting;
using Orchestrator.Cli.Output;
using Orchestrator.Cli.Sweeps;
using Orchestrator.Tests.Serving;

namespace Orchestrator.Cli.Tests.Serving;

/// <summary>What a command line came to.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Error)
{
    /// <summary>The whole of stdout as one JSON document.</summary>
    public JsonNode Json => JsonNode.Parse(Output) ?? throw new InvalidOperationException("stdout is the JSON value null");
}

/// <summary>Runs command lines in an empty folder against a fake control plane, in this process or on a port.</summary>
internal sealed class CliHarness : IEmbeddedHost, ISweepFiles, INativeRuntime, IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("orchestrator-cli-").FullName;

    public FakeControlPlane ControlPlane { get; init; } = new();

    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Embedded control planes that were started.</summary>
    public List<EmbeddedOptions> Started { get; } = [];

    /// <summary>How many of them were stopped again.</summary>
    public int Stopped { get; private set; }

    /// <summary>An address where nobody answers.</summary>
    public Uri DefaultServer { get; set; } = new("http://127.0.0.1:9");

    /// <summary>Why the native library does not load, or null.</summary>
    public string? NativeFailure { get; init; }

    /// <summary>A device that does not compute, or null.</summary>
    public string? BrokenDevice { get; init; }

    /// <summary>Whether sweeps were trained in the data folder before.</summary>
    public bool HasSweeps { get; init; }

    /// <summary>How wide a line may be, as COLUMNS says, or null.</summary>
    public int? Columns { get; init; }

    public string DataFolder => Path.Combine(Folder, ".orchestrator");

    public Task<Outcome> Run(params string[] arguments) => RunUntil(TestContext.Current.CancellationToken, arguments);

    public async Task<Outcome> RunUntil(CancellationToken interrupted, params string[] arguments)
    {
        if (HasSweeps)
        {
            Trained(DataFolder);
        }
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await Root.Run(arguments, Services(output, error), interrupted);
        return new(exitCode, output.ToString(), error.ToString());
    }

    public CliServices Services(TextWriter? output = null, TextWriter? error = null) => new()
    {
        Terminal = new Terminal(output ?? TextWriter.Null, error ?? TextWriter.Null, outputIsTerminal: false, errorIsTerminal: false, Columns),
        Host = this,
        SweepFiles = this,
        Native = this,
        Environment = name => Environment.GetValueOrDefault(name),
        WorkingFolder = Folder,
        DefaultServer = DefaultServer,
        PollInterval = TimeSpan.FromMilliseconds(1),
    };

    /// <summary>Makes a folder one in which sweeps were trained.</summary>
    public static void Trained(string folder)
    {
        Directory.CreateDirectory(folder);
        File.AppendAllText(Path.Combine(folder, "orchestrator.db"), "");
    }

    public string Write(string name, string content)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, content);
        return path;
    }

    async Task<IEmbeddedHandle> IEmbeddedHost.Start(EmbeddedOptions options, CancellationToken cancellation)
    {
        Started.Add(options);
        return new Handle(this, await ControlPlane.Start());
    }

    LoadedSweep ISweepFiles.Load(string path, CancellationToken cancellation) => Path.GetFileName(path) switch
    {
        "malformed.yaml" => throw new CliException(ExitCode.Usage, $"{path}: model.layer (line 3): unknown key; did you mean 'layers'?"),
        "texts.yaml" => new(new JsonObject { ["name"] = "texts" }, [new(Write("a.txt", "to be"), "aa"), new(Write("a.txt", "to be"), "aa"), new(Write("b.txt", "or not"), "bb")]),
        _ => new(new JsonObject { ["name"] = "induction-by-depth" }, []),
    };

    string INativeRuntime.Describe() => NativeFailure is null ? "libtorch 2.10.0" : throw new InvalidOperationException(NativeFailure);

    IReadOnlyList<string> INativeRuntime.Devices() => NativeFailure is null ? ["cpu", "cuda:0"] : throw new InvalidOperationException(NativeFailure);

    TimeSpan INativeRuntime.Multiply(string device) =>
        BrokenDevice == device ? throw new InvalidOperationException("CUDA error: no kernel image is available") : TimeSpan.FromMilliseconds(0.25);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private sealed class Handle(CliHarness harness, TestServer server) : IEmbeddedHandle
    {
        public Uri Address => server.Address;

        public async ValueTask DisposeAsync()
        {
            await server.DisposeAsync();
            harness.Stopped++;
        }
    }
}
