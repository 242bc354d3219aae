using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Tests.States;
using Orleans.Storage;

namespace Orchestrator.Storage.Tests;

public sealed class RegistrationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_host_gets_storage_catalogue_facts_and_artifacts_and_closes_them_with_itself()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddSqliteStorage(_folder.File("state.db")).AddArtifacts(new ArtifactAddress.Folder(_folder.File("artifacts")));
        using (var host = builder.Build())
        {
            await host.StartAsync(Cancellation);
            var storage = host.Services.GetRequiredKeyedService<IGrainStorage>("Default");
            await storage.WriteStateAsync("state", Orleans.Runtime.GrainId.Create("test", "a"), new GrainState<Counter>(new Counter { Number = 3 }));

            Assert.Equal(3, Assert.Single(await host.Services.GetRequiredService<ICatalogue>().Runs("s", Cancellation)).Attempt);
            Assert.Single(await host.Services.GetRequiredService<IFactStore>().Run("s-0000", Cancellation));
            Assert.Equal(64, (await host.Services.GetRequiredService<IArtifactStore>().Put(new byte[3], Cancellation)).Length);
            await host.StopAsync(Cancellation);
        }

        // The last connection folds the log into the file: nothing was left open.
        Assert.Equal([_folder.File("state.db")], Directory.EnumerateFiles(_folder.Path, "state.db*"));
    }

    [Fact]
    public async Task A_host_with_a_database_that_cannot_be_used_does_not_start()
    {
        await File.WriteAllTextAsync(_folder.File("state.db"), new string('x', 4096), Cancellation);
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddSqliteStorage(_folder.File("state.db"));
        using var host = builder.Build();

        await Assert.ThrowsAsync<StorageException>(() => host.StartAsync(Cancellation));
    }

    [Fact]
    public async Task A_host_with_an_artifact_store_that_cannot_be_used_does_not_start()
    {
        await File.WriteAllTextAsync(_folder.File("artifacts"), "a file where the folder should be", Cancellation);
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddArtifacts(ArtifactAddress.Parse(_folder.File("artifacts")));
        using var host = builder.Build();

        var wrong = await Assert.ThrowsAsync<ArtifactException>(() => host.StartAsync(Cancellation));
        Assert.Contains(_folder.File("artifacts"), wrong.Message, StringComparison.Ordinal);
    }
}
