"""What people see: self-standing pages that load nothing from outside."""
