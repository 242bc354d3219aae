using Orchestrator.Messaging.Tests.RabbitMq;
using Orchestrator.TestServices;

[assembly: AssemblyFixture(typeof(SharedRabbitMq))]

namespace Orchestrator.Messaging.Tests.RabbitMq;

/// <summary>The broker that the tests share; every test gets a virtual host of its own.</summary>
public sealed class SharedRabbitMq : IAsyncDisposable
{
    private static readonly Lazy<Task<RabbitMqServer>> Server = new(() => RabbitMqServer.StartNew());

    /// <summary>Address of an empty virtual host.</summary>
    public static async Task<string> NewVirtualHost()
    {
        Assert.SkipUnless(PrivateServer.Wanted, "ORCHESTRATOR_TEST_SERVICES is none");
        var server = await Server.Value;
        var name = $"test-{Guid.NewGuid():n}";
        await server.Control("add_vhost", name);
        await server.Control("set_permissions", "-p", name, "guest", ".*", ".*", ".*");
        return $"{server.Address()}/{name}";
    }

    public async ValueTask DisposeAsync()
    {
        if (Server.IsValueCreated && Server.Value.IsCompletedSuccessfully)
        {
            await (await Server.Value).DisposeAsync();
        }
    }
}
