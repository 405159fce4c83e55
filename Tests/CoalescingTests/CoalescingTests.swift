// CoalescingTests
