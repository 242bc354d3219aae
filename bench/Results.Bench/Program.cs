using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Tables;
using Orchestrator.Results;
using Orchestrator.Results.Bench;
using Orchestrator.Results.Findings;
using Orchestrator.Results.Heads;
using Orchestrator.Results.Projection;
using Orchestrator.Results.Sql;
using Orchestrator.Results.Sweeps;
using Orchestrator.Storage;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Storage.Catalogue;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const string Grouped = "select model_layers, layer, avg(prefix_matching), stddev(prefix_matching), count(*) from heads join runs using (sweep, run) group by all order by all";
var (folder, kept) = args is ["folder", var given, ..] ? (Directory.CreateDirectory(given).FullName, true) : (Directory.CreateTempSubdirectory("results-bench-").FullName, false);
var builder = Host.CreateApplicationBuilder();
builder.Logging.ClearProviders();
builder.Services.AddSingleton(TimeProvider.System).AddSqliteStorage(Path.Combine(folder, "orchestrator.db"));
builder.Services.AddSingleton<IArtifactStore>(new ArtifactFolder(Path.Combine(folder, "artifacts"))).AddResults().AddProjection();
using var host = builder.Build();
await host.StartAsync();
var services = host.Services;
Console.WriteLine($"{Environment.ProcessorCount} cores, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]} before, .NET {Environment.Version}");
try
{
    await (args switch
    {
        [] => Heads(10_000_000),
        ["heads", var rows] => Heads(long.Parse(rows, CultureInfo.InvariantCulture)),
        ["runs", ..] => Runs(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 10_000),
        ["large", ..] => Large(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1_000_000),
        ["folder", _, ..] => Folder(args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 10_000),
        _ => throw new ArgumentException("usage: Results.Bench [heads ROWS | runs COUNT | large COUNT | folder DIR COUNT]"),
    });
}
finally
{
    await host.StopAsync();
    host.Dispose();
    if (!kept)
    {
        Directory.Delete(folder, recursive: true);
    }
}

// A thousand seeds of two sizes, with as many snapshots as make the rows.
async Task Heads(long rows)
{
    const int Seeds = 1_000;
    var sweep = new SyntheticSweep(services, SyntheticSweep.Read("bench", Seeds, (int)(rows / (12 * Seeds))));
    await sweep.Submit();
    var clock = Stopwatch.StartNew();
    var (asked, slowest) = (0, 0.0);
    using var stop = new CancellationTokenSource();
    var asking = Task.Run(async () =>
    {
        while (!stop.IsCancellationRequested)
        {
            var took = await Time(() => Ask("select count(*) from curves"));
            (asked, slowest) = (asked + 1, Math.Max(slowest, took));
            await Task.Delay(500);
        }
    });
    var written = await sweep.End(0, (int)sweep.Specification.Count);
    Show("into the facts, while queries run", $"{written / clock.Elapsed.TotalSeconds:N0} head rows/s ({written:N0} in {clock.Elapsed.TotalSeconds:0.0} s)");
    while (await Projected(sweep.Specification.Id) is var done && done < written)
    {
        await Task.Delay(500);
    }
    Show("through to the projection, while queries run", $"{written / clock.Elapsed.TotalSeconds:N0} head rows/s; {asked} queries beside it, slowest {slowest:0} ms");
    await stop.CancelAsync();
    await asking;
    Show("files", $"{Megabytes("orchestrator.db"):N0} MB of facts, {Megabytes("artifacts"):N0} MB of segments");
    await Task.Delay(3_000); // merging ends
    await Times("mean, deviation and count by layer and size, SQL", () => Ask(Grouped));
    await Times("mean, deviation and count by layer, SQL", () => Ask("select layer, avg(prefix_matching), stddev(prefix_matching), count(*) from heads group by all order by all"));
    await Times("the same by run, SQL", () => Ask("select run, avg(prefix_matching), count(*) from heads group by all order by all"));
    await Times("the last step alone, SQL", () => Ask($"select layer, avg(prefix_matching) from heads where step = {(rows / (12 * Seeds) - 1) * 10} group by all"));
    await Times("heads --group-by layer,role", () => GroupHeads(sweep, "layer,role"));
    var rebuilt = await services.GetRequiredService<Projector>().Rebuild(await Row(sweep), default);
    Show("rebuilt from the facts", $"{rebuilt.Rows["heads"] / rebuilt.Seconds:N0} head rows/s, {rebuilt.Rows.Values.Sum() / rebuilt.Seconds:N0} rows/s of all tables");
    Memory();
}

// What an analyst asks of so many runs.
async Task Runs(int count)
{
    var sweep = new SyntheticSweep(services, SyntheticSweep.Read("bench", count / 2, 11, "heads, composition, terms, in-context-learning"));
    await sweep.Submit();
    await sweep.End(0, count);
    await Task.Delay(5_000); // for the projection
    foreach (var question in ResultQuestions.All)
    {
        await Times(question.Question, () => Ask(question.Sql));
    }
    await Times("heads --group-by layer,role", () => GroupHeads(sweep, "layer,role"));
    await Times("heads --group-by model.layers", () => GroupHeads(sweep, "model.layers"));
    await Times("sweep show", async () => await services.GetRequiredService<SweepResults>().Of(await Row(sweep), default));
    await Times("findings", async () => await services.GetRequiredService<FindingsReader>().Of(await Row(sweep), default));
    await Times("trajectory", async () => await services.GetRequiredService<Trajectories>().Of(await Row(sweep), default));
    await sweep.End(0, 10);
    await Times("findings after ten runs have changed", async () => await services.GetRequiredService<FindingsReader>().Of(await Row(sweep), default), 1);
    Memory();
}

// A data folder with a sweep of so many runs over eight axes, for the dashboard: dev --data DIR.
async Task Folder(int count)
{
    const string Axes = "model.layers: [1, 2], model.heads: [2, 4], model.d_model: [16, 32], model.positions: [shortformer, rotary], train.batch: [16, 32], train.lr: [1.0e-3, 1.0e-2], train.warmup: [0, 10], train.weight_decay: [0, 0.01]";
    var sweep = new SyntheticSweep(services, SyntheticSweep.Read("eight-axes", count / 256, 6, "heads, composition, in-context-learning", Axes));
    await sweep.Submit();
    await sweep.End(0, (int)sweep.Specification.Count);
    await sweep.Submit(ended: true);
}

// The first page of a sweep of a million runs.
async Task Large(int count)
{
    var sweep = new SyntheticSweep(services, SyntheticSweep.Read("bench", count / 2, 2, "heads"));
    await sweep.Submit();
    await sweep.End(0, count);
    var directory = services.GetRequiredService<SweepDirectory>();
    await Times("the first page of runs", async () => await directory.Runs(await Row(sweep), 0, 1_000, default));
    await Times("the list of sweeps", async () => await directory.List(default));
    await Times("where it stands (what a view needs to open)", async () => await services.GetRequiredService<SweepResults>().Head(await Row(sweep), default));
    Memory();
    await Times("sweep show: groups of all runs", async () => await services.GetRequiredService<SweepResults>().Of(await Row(sweep), default));
    Memory();
    await Times("findings, of the first 50,000 runs", async () => await services.GetRequiredService<FindingsReader>().Of(await Row(sweep), default));
    await Times("trajectory, of the first 50,000 runs", async () => await services.GetRequiredService<Trajectories>().Of(await Row(sweep), default));
    await sweep.End(0, 10);
    await Times("sweep show after ten runs have changed", async () => await services.GetRequiredService<SweepResults>().Of(await Row(sweep), default), 1);
    await Times("the plan of the same again", async () => await services.GetRequiredService<Planner>().Plan(sweep.Specification, default), 1);
    Memory();
}

async Task<SweepRow> Row(SyntheticSweep sweep) => (await services.GetRequiredService<ICatalogue>().Sweep(sweep.Specification.Id))!;

async Task GroupHeads(SyntheticSweep sweep, string keys) => await services.GetRequiredService<HeadTables>().Grouped(await Row(sweep), "final", keys.Split(','), null, default);

async Task Ask(string sql)
{
    using var answer = await services.GetRequiredService<SqlQueries>().Run(sql, SqlLimits.Default, default);
    answer.Read(100_000);
}

async Task<long> Projected(string id)
{
    var projected = await services.GetRequiredService<Projector>().Rows(id);
    return projected.GetValueOrDefault("heads");
}

static async Task<double> Time(Func<Task> work)
{
    var clock = Stopwatch.StartNew();
    await work();
    return clock.Elapsed.TotalMilliseconds;
}

static async Task Times(string what, Func<Task> work, int warm = 5)
{
    var cold = await Time(work);
    var times = new List<double>();
    for (var i = 0; i < warm; i++)
    {
        times.Add(await Time(work));
    }
    Show(what, $"{cold,8:0} ms first, {times.Order().ElementAt(warm / 2),8:0} ms then");
}

static void Show(string what, string result) => Console.WriteLine($"{what,-75} {result}");

double Megabytes(string name) => (Directory.Exists(Path.Combine(folder, name))
    ? Directory.EnumerateFiles(Path.Combine(folder, name), "*", SearchOption.AllDirectories)
    : Directory.EnumerateFiles(folder, name + "*")).Sum(file => new FileInfo(file).Length) / 1e6;

static void Memory() => Show("memory of the process", $"{Process.GetCurrentProcess().WorkingSet64 / 1e6:N0} MB, {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:N0} MB at most");
