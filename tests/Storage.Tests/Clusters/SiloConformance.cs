using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Platform;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Tests.Backends;
using Orleans.Configuration;

namespace Orchestrator.Storage.Tests.Clusters;

/// <summary>Real silos on a back end: they find each other, keep state, and are reminded.</summary>
public abstract class SiloConformance<TBackend>(Func<IServiceCollection, string, IServiceCollection> add) : IAsyncLifetime where TBackend : ITestBackend, new()
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private readonly List<IHost> _silos = [];
    private ITestDatabase? _database;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await new TBackend().Create();

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos)
        {
            await silo.StopAsync(CancellationToken.None);
            silo.Dispose();
        }
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Two_silos_form_one_cluster_and_place_grains_on_both()
    {
        var one = await Start("one");
        await Start("two");
        var places = new HashSet<string>();
        var grains = 0;

        // A silo counts as active before every other one has its manifest, and until then nothing is placed on it.
        await Until(async () => places.Add(await one.GetGrain<ICounterGrain>($"grain-{grains++}").Where()) && places.Count == 2, "grains on two silos");

        Assert.Equal(["one", "two"], places.Order());
    }

    [Fact]
    public async Task A_grains_state_its_rows_and_its_reminder_outlive_the_silo()
    {
        var reminded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var key = $"grain-{Guid.NewGuid():N}";
        CounterGrain.Reminded[key] = () => reminded.TrySetResult();
        var first = await Start("first");
        Assert.Equal(1, await first.GetGrain<ICounterGrain>(key).Increment());
        Assert.Equal(2, await first.GetGrain<ICounterGrain>(key).Increment());
        await first.GetGrain<ICounterGrain>(key).Remind(TimeSpan.FromSeconds(3));   // due when the silo is gone
        await Stop();
        Assert.False(reminded.Task.IsCompleted, "the reminder came before the silo was stopped: it proves nothing");

        var second = await Start("second");
        await reminded.Task.WaitAsync(Bound, Cancellation);

        Assert.Equal(3, await second.GetGrain<ICounterGrain>(key).Increment());
        Assert.Equal(3, Assert.Single(await _silos[^1].Services.GetRequiredService<ICatalogue>().Runs(key, Cancellation)).Attempt);
    }

    private async Task<IGrainFactory> Start(string name)
    {
        var (siloPort, gatewayPort) = (FreePort.Any(), FreePort.Any());
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        add(builder.Services, _database!.Address);
        builder.UseOrleans(silo => silo
            .UseStorageClustering()
            .UseStorageReminders()
            .Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = ("test", "test"))
            .Configure<SiloOptions>(o => o.SiloName = name)
            .ConfigureEndpoints(IPAddress.Loopback, siloPort, gatewayPort));
        var host = builder.Build();
        _silos.Add(host);
        await host.StartAsync(Cancellation);
        return host.Services.GetRequiredService<IGrainFactory>();
    }

    private async Task Stop()
    {
        foreach (var silo in _silos)
        {
            await silo.StopAsync(Cancellation);
            silo.Dispose();
        }
        _silos.Clear();
    }

    private static async Task Until(Func<Task<bool>> holds, string what)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        bounded.CancelAfter(Bound);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await holds())
        {
            try
            {
                await tick.WaitForNextTickAsync(bounded.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"there were never {what} within {Bound}");
            }
        }
    }
}

public sealed class SqliteSiloTests() : SiloConformance<SqliteBackend>((services, path) => services.AddSqliteStorage(path));

public sealed class PostgresSiloTests() : SiloConformance<PostgresBackend>((services, address) => services.AddPostgresStorage(address));
